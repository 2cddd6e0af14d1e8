BEGIN TRANSACTION;
CREATE TABLE changes (
	id INTEGER NOT NULL, 
	edition INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	film VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "changes" VALUES(1,1,1793523600,'first','added','{"at":"2026-11-01T09:00:00Z","key":{"film":"first","kind":"streaming","region":"US"},"kind":"added","title":"Working Title","new":{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"}}');
INSERT INTO "changes" VALUES(2,1,1793523600,'first','added','{"at":"2026-11-01T09:00:00Z","key":{"film":"first","kind":"theatrical","region":"US"},"kind":"added","title":"Working Title","new":{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"}}');
INSERT INTO "changes" VALUES(3,1,1793523600,'second','added','{"at":"2026-11-01T09:00:00Z","key":{"film":"second","kind":"theatrical","region":"US"},"kind":"added","title":"Second","new":{"when":{"year":2028,"precision":"day","part":3,"day":3},"seen":"2026-11-01T09:00:00Z","source":"tmdb"}}');
INSERT INTO "changes" VALUES(4,2,1793782800,'first','delayed','{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"streaming","region":"US"},"kind":"delayed","title":"First","new":{"when":{"year":2027,"precision":"day","part":4,"day":26},"seen":"2026-11-04T09:00:00Z","certainty":"derived"},"old":{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"}}');
INSERT INTO "changes" VALUES(5,2,1793782800,'first','retitled','{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"streaming","region":"US"},"kind":"retitled","title":"First","new":{"when":{"year":2027,"precision":"day","part":4,"day":26},"seen":"2026-11-04T09:00:00Z","certainty":"derived"},"old":{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"},"old_title":"Working Title"}');
INSERT INTO "changes" VALUES(6,2,1793782800,'first','delayed','{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"theatrical","region":"US"},"kind":"delayed","title":"First","new":{"when":{"year":2027,"precision":"day","part":3,"day":12},"seen":"2026-11-04T09:00:00Z"},"old":{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"}}');
INSERT INTO "changes" VALUES(7,2,1793782800,'first','retitled','{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"theatrical","region":"US"},"kind":"retitled","title":"First","new":{"when":{"year":2027,"precision":"day","part":3,"day":12},"seen":"2026-11-04T09:00:00Z"},"old":{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"},"old_title":"Working Title"}');
CREATE TABLE editions (
	number INTEGER NOT NULL, 
	published INTEGER NOT NULL, 
	rendering TEXT NOT NULL, 
	inputs TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "editions" VALUES(1,1793523600,'0.1.0 http://localhost:8000 releasecal 30 days, 0:00:00','0.1.0 5e8ab4e9960d050f597bda8f5378f2727eeba9d165faacff17a9fc8727ee93a7');
INSERT INTO "editions" VALUES(2,1793782800,'0.1.0 http://localhost:8000 releasecal 30 days, 0:00:00','0.1.0 9b144aa063cd61060ef45f46eb207947a673836848f38276aa8542d051d25ba3');
CREATE TABLE entries (
	"key" VARCHAR NOT NULL, 
	film VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	follows VARCHAR NOT NULL, 
	first DATE, 
	"after" DATE, 
	look TEXT NOT NULL, 
	marked_until DATE, 
	coarse_first DATE, 
	coarse_after DATE, 
	leaves DATE, 
	is_dated BOOLEAN NOT NULL, 
	is_undated BOOLEAN NOT NULL, 
	sequence INTEGER NOT NULL, 
	created INTEGER NOT NULL, 
	revised INTEGER NOT NULL, 
	facts TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "entries" VALUES('first.streaming.us','first','streaming-eligible','US','','','2027-04-26','2027-04-27','289fd5923d16db908aa214e87f859d69','2026-11-18',NULL,NULL,NULL,1,0,1,1793523600,1793782800,'{"release":{"key":{"film":"first","kind":"streaming","region":"US"},"kind":"streaming-eligible","history":[{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"},{"when":{"year":2027,"precision":"day","part":4,"day":26},"seen":"2026-11-04T09:00:00Z","certainty":"derived"}],"derivation":{"window":{"to":"streaming","days":45},"anchor":{"film":"first","kind":"theatrical","region":"US"},"counted_from":{"year":2027,"precision":"day","part":3,"day":12}}},"title":"First","related":[{"film":"first","kind":"theatrical","region":"US"}]}');
INSERT INTO "entries" VALUES('first.theatrical.us','first','theatrical','US','','','2027-03-12','2027-03-13','c466cbcc60a4b01025626fb608cd8020','2026-11-18',NULL,NULL,NULL,1,0,1,1793523600,1793782800,'{"release":{"key":{"film":"first","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"},{"when":{"year":2027,"precision":"day","part":3,"day":12},"seen":"2026-11-04T09:00:00Z"}]},"title":"First"}');
INSERT INTO "entries" VALUES('second.theatrical.us','second','theatrical','US','','first','2028-03-03','2028-03-04','90e9ea442936c177d334e8b97b8d8863',NULL,NULL,NULL,NULL,1,0,0,1793523600,1793782800,'{"release":{"key":{"film":"second","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2028,"precision":"day","part":3,"day":3},"seen":"2026-11-01T09:00:00Z","source":"tmdb"}]},"title":"Second","follows":"first","titles":[["first","First"]],"related":[{"film":"first","kind":"theatrical","region":"US"}],"sources":[{"id":"tmdb","machine":true}]}');
CREATE TABLE films (
	id VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "films" VALUES('second','Second','{"id":"second","title":"Second","follows":"first","releases":[{"key":{"film":"second","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2028,"precision":"day","part":3,"day":3},"source":"tmdb"}]}],"source":"tmdb","told_by":["data"]}');
INSERT INTO "films" VALUES('first','First','{"id":"first","title":"First","releases":[{"key":{"film":"first","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2027,"precision":"day","part":3,"day":12}}]}],"windows":[{"to":"streaming","days":45}],"told_by":["data"]}');
CREATE TABLE freshness (
	id INTEGER NOT NULL, 
	confirmed INTEGER NOT NULL, 
	healed INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "freshness" VALUES(1,1793869200,NULL);
CREATE TABLE lease (
	name VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	until INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE pending (
	"key" VARCHAR NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "pending" VALUES('second.theatrical.us','[{"film":"second","kind":"theatrical","region":"US"},{"statement":[{"year":2028,"precision":"day","part":3,"day":4},"scheduled","confirmed"],"reads":1,"read":"ae3d9e53214b58ab"}]');
CREATE TABLE schema_version (
	version INTEGER NOT NULL
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE series (
	film VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	PRIMARY KEY (film, id)
);
CREATE TABLE sources (
	id VARCHAR NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "sources" VALUES('tmdb','{"id":"tmdb","machine":true}');
CREATE INDEX ix_series_id ON series (id);
CREATE INDEX ix_entries_film ON entries (film);
CREATE INDEX ix_entries_channel ON entries (channel);
CREATE INDEX ix_entries_first ON entries (first);
CREATE INDEX ix_entries_marked_until ON entries (marked_until);
CREATE INDEX ix_entries_follows ON entries (follows);
CREATE INDEX ix_entries_coarse_after ON entries (coarse_after);
CREATE INDEX ix_entries_leaves ON entries (leaves);
CREATE INDEX ix_entries_is_undated ON entries (is_undated);
CREATE INDEX ix_changes_kind ON changes (kind);
CREATE INDEX ix_changes_film ON changes (film);
COMMIT;
