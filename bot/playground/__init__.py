"""Stand-ins for Slack, Bitbucket and the clouds on loopback, an example world, and a page to try them on."""
