"""The platform that a shadow database stands on: roles, schemas, extensions, stand-ins."""
