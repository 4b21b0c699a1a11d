"""Share links and posters in the schema and over HTTP."""
