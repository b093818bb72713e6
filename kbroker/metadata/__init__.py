"""The cluster's metadata: the image, which is read, and the catalog, which changes it."""
