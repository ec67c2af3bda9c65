"""What `python -m bot doctor` looks at: everything the bot needs, asked for as the bot would ask for it.

One module a service. Nothing is written anywhere: not in Slack, not in Bitbucket, not in AWS, and no
database is made.
"""
