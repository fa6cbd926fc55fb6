-- Salons whose name holds a text somewhere (16 ms without this, 0.1 ms with it, for a rare text among
-- 20,000). The extension is part of PostgreSQL, and whoever owns the database may create it.
create extension if not exists pg_trgm;
create index salons_by_text on salons using gin (name gin_trgm_ops) where is_listed;
