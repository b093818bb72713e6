"""The transaction coordinator: transactional ids, and how their transactions end."""
