"""What is true about OIDC failures in Bitbucket Pipelines: types, parsing, rules, catalogue.

Pure: nothing in this package reads the network, the clock, the environment or the disk
(the catalogue's pages, which are package data, are the one exception). The same case file
gives the same diagnosis, to the byte.
"""
