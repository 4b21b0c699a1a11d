"""The service put together: its settings, and the module that joins its layers."""
