"""
Version 4: a change has its release in columns, and a pending one its moment.

Entries have columns that select derived and worldwide ones: a derived release has the kind of
the announced one, and a column that says that it was derived. They keep their UIDs. The next
refresh writes the genres, the words of titles, the index of films and the slips, for it writes
everything anew if the rendering has changed. The rendering keeps its beginning, which has the
site's address. Each source has a state of its own,
and the octets of its files as they were last read well: the next refresh writes them.
"""

SQL = (
    "ALTER TABLE changes RENAME TO changes_of_v3",
    """CREATE TABLE changes (
        id INTEGER NOT NULL,
        edition INTEGER NOT NULL,
        at INTEGER NOT NULL,
        film VARCHAR NOT NULL,
        region VARCHAR NOT NULL,
        kind VARCHAR NOT NULL,
        release_kind VARCHAR NOT NULL,
        channel VARCHAR NOT NULL,
        is_told BOOLEAN NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """INSERT INTO changes (id, edition, at, film, region, kind, release_kind, channel,
            is_told, data)
        SELECT id, edition, at, film, json_extract(data, '$.key.region'), kind,
            json_extract(data, '$.key.kind'),
            COALESCE(json_extract(data, '$.key.channel'), ''), kind <> 'added', data
        FROM changes_of_v3 ORDER BY id""",
    "DROP TABLE changes_of_v3",
    # Pending changes counted looks; now each has its moment, which the next refresh finds.
    "DELETE FROM pending",
    "UPDATE reading SET inputs = ''",
    "CREATE INDEX changes_told ON changes (is_told, id, kind, release_kind, channel)",
    """CREATE INDEX changes_told_by_region ON changes (is_told, region, id, kind, release_kind,
        channel)""",
    "CREATE INDEX changes_told_by_release ON changes (is_told, release_kind, id)",
    "CREATE INDEX changes_by_kind ON changes (kind, id)",
    "CREATE INDEX changes_by_film ON changes (film, id)",
    "CREATE INDEX changes_by_moment ON changes (at, id)",
    "ALTER TABLE entries ADD COLUMN was_derived BOOLEAN DEFAULT 0 NOT NULL",
    "ALTER TABLE entries ADD COLUMN is_withdrawn BOOLEAN DEFAULT 0 NOT NULL",
    "ALTER TABLE entries ADD COLUMN is_announced BOOLEAN DEFAULT 0 NOT NULL",
    """UPDATE entries SET
        kind = CASE kind WHEN 'streaming-eligible' THEN 'streaming' ELSE kind END,
        was_derived = EXISTS (
            SELECT 1 FROM json_each(facts, '$.release.history')
            WHERE json_extract(value, '$.certainty') = 'derived'),
        is_withdrawn =
            COALESCE(json_extract(facts, '$.release.history[#-1].status'), '') = 'withdrawn',
        is_announced =
            COALESCE(json_extract(facts, '$.release.history[#-1].certainty'), '')
            NOT IN ('derived', 'estimated')""",
    # Until now a UID was made of the key; from now on the entry keeps it.
    "ALTER TABLE entries ADD COLUMN uids TEXT DEFAULT '' NOT NULL",
    """UPDATE entries SET uids = "key" """,
    """UPDATE entries SET facts = json_set(facts, '$.related', json((
            SELECT json_group_array(json_extract(value, '$.film') || '.'
                || json_extract(value, '$.kind') || '.'
                || lower(json_extract(value, '$.region')))
            FROM json_each(facts, '$.related'))))
        WHERE json_type(facts, '$.related') IS NOT NULL""",
    "DROP INDEX ix_entries_film",
    "DROP INDEX ix_entries_is_undated",
    "DROP INDEX ix_entries_leaves",
    "DROP INDEX ix_entries_marked_until",
    "DROP INDEX ix_entries_follows",
    "DROP INDEX entries_by_day",
    "DROP INDEX entries_by_region",
    "DROP INDEX entries_by_channel",
    "DROP INDEX entries_by_end",
    "DROP INDEX entries_by_region_end",
    "CREATE INDEX entries_by_film ON entries (film, kind, channel, region, is_withdrawn)",
    "CREATE INDEX entries_by_film_news ON entries (film, revised)",
    """CREATE INDEX entries_by_film_day ON entries (film, first, "key", region, kind, channel,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first,
        coarse_after, event)""",
    """CREATE INDEX entries_by_day ON entries (first, "key", region, kind, channel, film, follows,
        is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after,
        event)""",
    """CREATE INDEX entries_by_region ON entries (region, first, "key", kind, channel, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after,
        event)""",
    """CREATE INDEX entries_by_channel ON entries (channel, first, "key", region, kind, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first,
        coarse_after, event) WHERE channel <> ''""",
    """CREATE INDEX entries_by_end ON entries (coarse_after, "key", region, kind, channel, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, event)
        WHERE coarse_after IS NOT NULL""",
    """CREATE INDEX entries_by_region_end ON entries (region, coarse_after, "key", kind, channel,
        film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, event)
        WHERE coarse_after IS NOT NULL""",
    """CREATE INDEX entries_by_region_leaving ON entries (region, leaves, "key", kind, channel,
        film, follows, is_dated, is_undated, was_derived, is_announced, coarse_first,
        coarse_after, event) WHERE leaves IS NOT NULL""",
    """CREATE TABLE genres (
        film VARCHAR NOT NULL,
        slug VARCHAR NOT NULL,
        PRIMARY KEY (film, slug)
    )""",
    "CREATE INDEX genres_by_slug ON genres (slug, film)",
    """CREATE TABLE film_index (
        film VARCHAR NOT NULL,
        year INTEGER NOT NULL,
        letter VARCHAR NOT NULL,
        sort TEXT NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY (film, year)
    )""",
    "CREATE INDEX film_index_by_title ON film_index (year, sort, film)",
    "CREATE INDEX film_index_by_letter ON film_index (year, letter, sort, film)",
    "ALTER TABLE series ADD COLUMN sort TEXT DEFAULT '' NOT NULL",
    "CREATE INDEX series_by_title ON series (sort, id, title)",
    "ALTER TABLE entries ADD COLUMN slipped INTEGER",
    "ALTER TABLE entries ADD COLUMN moved_before DATE",
    """CREATE INDEX entries_by_choice ON entries (region, kind, channel, was_derived, follows,
        is_withdrawn)""",
    """CREATE INDEX entries_by_slip ON entries (slipped, "key", region, kind, channel, film, follows,
        is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event)
        WHERE slipped > 0""",
    """CREATE INDEX entries_by_region_slip ON entries (region, slipped, "key", kind, channel, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after,
        event) WHERE slipped > 0""",
    """CREATE INDEX entries_by_moves ON entries (moved_before, "key", region, kind, channel, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after,
        event) WHERE moved_before IS NOT NULL""",
    """CREATE INDEX entries_by_kind ON entries (kind, first, "key", region, channel, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first,
        coarse_after, event)""",
    """CREATE INDEX entries_by_region_kind ON entries (region, kind, first, "key", channel, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first,
        coarse_after, event)""",
    """CREATE INDEX entries_by_sequel ON entries (first, "key", region, kind, channel, film,
        follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first,
        coarse_after, event) WHERE follows <> ''""",
    """CREATE INDEX entries_by_film_before ON entries (follows, first, "key", region, kind,
        channel, film, is_dated, is_undated, leaves, was_derived, is_announced,
        coarse_first, coarse_after, event) WHERE follows <> ''""",
    """CREATE INDEX entries_by_kind_end ON entries (kind, coarse_after, "key", region, channel,
        film, follows, is_dated, is_undated, leaves, was_derived, is_announced,
        coarse_first, event) WHERE coarse_after IS NOT NULL""",
    """CREATE INDEX entries_without_date ON entries ("key", region, kind, channel, film, follows,
        is_dated, is_undated, leaves, was_derived, is_announced, coarse_first,
        coarse_after, event) WHERE is_undated = 1 AND coarse_after IS NULL""",
    """CREATE INDEX entries_by_leaving ON entries (leaves, "key", region, kind, channel, film,
        follows, is_dated, is_undated, was_derived, is_announced, coarse_first,
        coarse_after, event) WHERE leaves IS NOT NULL""",
    """CREATE INDEX entries_by_region_moves ON entries (region, moved_before, "key", kind,
        channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced,
        coarse_first, coarse_after, event) WHERE moved_before IS NOT NULL""",
    "CREATE INDEX entries_by_mark ON entries (marked_until) WHERE marked_until IS NOT NULL",
    """CREATE TABLE words (
        film VARCHAR NOT NULL,
        word VARCHAR NOT NULL,
        PRIMARY KEY (film, word)
    )""",
    "CREATE INDEX words_by_word ON words (word, film)",
    """CREATE TABLE other_ids (
        film VARCHAR NOT NULL,
        id VARCHAR NOT NULL,
        PRIMARY KEY (film, id)
    )""",
    "CREATE INDEX ix_other_ids_id ON other_ids (id)",
    """CREATE TABLE source_states (
        address TEXT NOT NULL,
        position INTEGER NOT NULL,
        state VARCHAR NOT NULL,
        since INTEGER,
        problems TEXT NOT NULL,
        left_out TEXT NOT NULL,
        refused VARCHAR NOT NULL,
        judged DATE,
        confirmed INTEGER,
        healed INTEGER,
        healed_from INTEGER,
        PRIMARY KEY (address)
    )""",
    # All sources were read well at the same time; '' stands for those of a database without names.
    """INSERT INTO source_states (address, position, state, problems, left_out,
            refused, confirmed, healed)
        SELECT address, 0, 'ok', '[]', '[]', '', confirmed, healed
        FROM freshness, (SELECT DISTINCT address FROM outlines
            UNION SELECT '' WHERE NOT EXISTS (SELECT 1 FROM outlines))""",
    "DROP TABLE freshness",
    "DROP TABLE outlines",
    """CREATE TABLE snapshots (
        address TEXT NOT NULL,
        name TEXT NOT NULL,
        digest VARCHAR NOT NULL,
        read INTEGER NOT NULL,
        outline BLOB NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (address, name)
    )""",
    """CREATE TABLE departures (
        what VARCHAR NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (what)
    )""",
    """CREATE TABLE fetches (
        address TEXT NOT NULL,
        kind VARCHAR NOT NULL,
        due INTEGER NOT NULL,
        digest VARCHAR NOT NULL,
        fetched INTEGER,
        validated INTEGER,
        films INTEGER NOT NULL,
        releases INTEGER NOT NULL,
        notes TEXT NOT NULL,
        failures INTEGER NOT NULL,
        since INTEGER,
        problems TEXT NOT NULL,
        covers VARCHAR NOT NULL,
        validators TEXT NOT NULL,
        PRIMARY KEY (address)
    )""",
    """CREATE TABLE fetched (
        address TEXT NOT NULL,
        memory BLOB NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (address)
    )""",
    """CREATE TABLE posters (
        address TEXT NOT NULL,
        due INTEGER NOT NULL,
        digest VARCHAR NOT NULL,
        media_type VARCHAR NOT NULL,
        octets INTEGER NOT NULL,
        kept INTEGER,
        failures INTEGER NOT NULL,
        PRIMARY KEY (address)
    )""",
    "CREATE INDEX posters_by_digest ON posters (digest, media_type, kept)",
    """CREATE TABLE poster_copies (
        digest VARCHAR NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (digest)
    )""",
    """CREATE TABLE access_tokens (
        digest VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        scopes VARCHAR NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER,
        query TEXT NOT NULL,
        PRIMARY KEY (digest)
    )""",
    "CREATE UNIQUE INDEX access_tokens_by_name ON access_tokens (name)",
    """CREATE TABLE notify_targets (
        name VARCHAR NOT NULL,
        told INTEGER NOT NULL,
        sent INTEGER,
        failures INTEGER NOT NULL,
        rests INTEGER,
        PRIMARY KEY (name)
    )""",
    """CREATE TABLE outbox (
        number INTEGER NOT NULL,
        id VARCHAR NOT NULL,
        target VARCHAR NOT NULL,
        edition INTEGER NOT NULL,
        changes TEXT NOT NULL,
        count INTEGER NOT NULL,
        is_digest BOOLEAN NOT NULL,
        made INTEGER NOT NULL,
        due INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        problem TEXT NOT NULL,
        given_up INTEGER,
        PRIMARY KEY (number)
    )""",
    "CREATE INDEX outbox_by_target ON outbox (target, number)",
    "UPDATE editions SET rendering = rendering || ' before version 4'",
    "ALTER TABLE entries RENAME COLUMN look TO event_digest",
    "ALTER TABLE reading RENAME TO refresh_state",
    "ALTER TABLE trouble RENAME TO last_failure",
    "ALTER TABLE documents RENAME TO last_modified",
    "DROP INDEX documents_by_age",
    "CREATE INDEX last_modified_by_age ON last_modified (asked, address)",
    "ALTER TABLE editions ADD COLUMN contents TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE editions ADD COLUMN node VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE refresh_state ADD COLUMN contents TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE refresh_state ADD COLUMN succeeded INTEGER",
    "ALTER TABLE refresh_state ADD COLUMN every INTEGER",
    "ALTER TABLE schema_version ADD COLUMN oldest INTEGER DEFAULT '4' NOT NULL",
)
"""The statements, in order."""
