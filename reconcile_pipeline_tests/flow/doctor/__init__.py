"""The doctor, on real servers: behind TLS, on IPv6, behind a pooler, a replica."""
