"""Stand-ins for Slack, Bitbucket and AWS on loopback, an example world, and a page to try them on."""
