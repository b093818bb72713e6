"""What the cluster is made of: the image that everyone reads, and the catalog that changes it."""
