"""Publication: projects approved and published, and projects as the API shows them."""
