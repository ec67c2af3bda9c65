"""The clients of the sources: Bitbucket over httpx, AWS over boto3. They only read."""
