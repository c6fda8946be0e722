"""Operations of the PostgreSQL cluster: the tool `database` in the postgres image."""
