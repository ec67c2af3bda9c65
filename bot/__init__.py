"""The process: settings, clients, reading, durable jobs, commands, playground."""
