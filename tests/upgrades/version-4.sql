BEGIN TRANSACTION;
CREATE TABLE access_tokens (
	digest VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	scopes VARCHAR NOT NULL, 
	created INTEGER NOT NULL, 
	expires INTEGER, 
	"query" TEXT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE changes (
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
);
INSERT INTO "changes" VALUES(1,1,1793523600,'first','US','added','streaming','',0,'{"at":"2026-11-01T09:00:00Z","key":{"film":"first","kind":"streaming","region":"US"},"kind":"added","title":"Working Title","new":{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"}}');
INSERT INTO "changes" VALUES(2,1,1793523600,'first','US','added','theatrical','',0,'{"at":"2026-11-01T09:00:00Z","key":{"film":"first","kind":"theatrical","region":"US"},"kind":"added","title":"Working Title","new":{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"}}');
INSERT INTO "changes" VALUES(3,1,1793523600,'second','US','added','theatrical','',0,'{"at":"2026-11-01T09:00:00Z","key":{"film":"second","kind":"theatrical","region":"US"},"kind":"added","title":"Second","new":{"when":{"year":2028,"precision":"day","part":3,"day":3},"seen":"2026-11-01T09:00:00Z","source":"tmdb"}}');
INSERT INTO "changes" VALUES(4,2,1793782800,'first','US','delayed','streaming','',1,'{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"streaming","region":"US"},"kind":"delayed","title":"First","new":{"when":{"year":2027,"precision":"day","part":4,"day":26},"seen":"2026-11-04T09:00:00Z","certainty":"derived"},"old":{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"}}');
INSERT INTO "changes" VALUES(5,2,1793782800,'first','US','retitled','streaming','',1,'{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"streaming","region":"US"},"kind":"retitled","title":"First","new":{"when":{"year":2027,"precision":"day","part":4,"day":26},"seen":"2026-11-04T09:00:00Z","certainty":"derived"},"old":{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"},"other":"Working Title"}');
INSERT INTO "changes" VALUES(6,2,1793782800,'first','US','delayed','theatrical','',1,'{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"theatrical","region":"US"},"kind":"delayed","title":"First","new":{"when":{"year":2027,"precision":"day","part":3,"day":12},"seen":"2026-11-04T09:00:00Z"},"old":{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"}}');
INSERT INTO "changes" VALUES(7,2,1793782800,'first','US','retitled','theatrical','',1,'{"at":"2026-11-04T09:00:00Z","key":{"film":"first","kind":"theatrical","region":"US"},"kind":"retitled","title":"First","new":{"when":{"year":2027,"precision":"day","part":3,"day":12},"seen":"2026-11-04T09:00:00Z"},"old":{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"},"other":"Working Title"}');
CREATE TABLE departures (
	what VARCHAR NOT NULL, 
	at INTEGER NOT NULL, 
	PRIMARY KEY (what)
);
INSERT INTO "departures" VALUES('word title',1793782800);
INSERT INTO "departures" VALUES('word working',1793782800);
CREATE TABLE editions (
	number INTEGER NOT NULL, 
	published INTEGER NOT NULL, 
	rendering TEXT NOT NULL, 
	inputs TEXT NOT NULL, 
	contents TEXT DEFAULT '' NOT NULL, 
	node VARCHAR DEFAULT '' NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "editions" VALUES(1,1793523600,'http://localhost:8000 releasecal 0.2.0 30 days, 0:00:00','0.2.0 2e6c49b7ae486fa8 b954201f452bfd7b6ba6b03a854397274a15cc6dc3020c99aa791e1f22dcde33','0.2.0 5e21715f7444b0b7d5fb165ddeb90f4a74f69190d7dd249ef56bfb62a40db693','');
INSERT INTO "editions" VALUES(2,1793782800,'http://localhost:8000 releasecal 0.2.0 30 days, 0:00:00','0.2.0 2e6c49b7ae486fa8 3adb544eaade6266318aea906a4ffde5a8004374fae675e9578694b402398b03','0.2.0 238e25b2f65bc89d77c7215cbe3c052be569fae9ede1e8d7a41a5f5d10c98754','');
INSERT INTO "editions" VALUES(3,1795165200,'http://localhost:8000 releasecal 0.2.0 30 days, 0:00:00','0.2.0 2e6c49b7ae486fa8 9ad341c8df04a35d298c492c0e9fa1a4c6bfb347ffd2a75192ec4755c5ba58ba','0.2.0 e1459ca8c068bee762e0b9a36e056ec4107ec47cb67b9c087922f2c0436869a3','');
CREATE TABLE entries (
	"key" VARCHAR NOT NULL, 
	film VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	follows VARCHAR NOT NULL, 
	first DATE, 
	"after" DATE, 
	event_digest TEXT NOT NULL, 
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
	event INTEGER, 
	was_derived BOOLEAN DEFAULT 0 NOT NULL, 
	is_withdrawn BOOLEAN DEFAULT 0 NOT NULL, 
	is_announced BOOLEAN DEFAULT 0 NOT NULL, 
	uids TEXT DEFAULT '' NOT NULL, 
	slipped INTEGER, 
	moved_before DATE, 
	PRIMARY KEY ("key")
);
INSERT INTO "entries" VALUES('first.streaming.us','first','streaming','US','','','2027-04-26','2027-04-27','4940d0f9650fb60ef3668b759ab866dc','2026-11-18',NULL,NULL,NULL,1,0,1,1793523600,1793782800,'{"release":{"key":{"film":"first","kind":"streaming","region":"US"},"kind":"streaming-eligible","history":[{"when":{"year":2027,"precision":"day","part":4,"day":19},"seen":"2026-11-01T09:00:00Z","certainty":"derived"},{"when":{"year":2027,"precision":"day","part":4,"day":26},"seen":"2026-11-04T09:00:00Z","certainty":"derived"}],"derivation":{"window":{"to":"streaming","days":45},"anchor":{"film":"first","kind":"theatrical","region":"US"},"counted_from":{"year":2027,"precision":"day","part":3,"day":12}}},"title":"First","related":["first.theatrical.us"],"former_title":"Working Title"}',3,1,0,0,'first.streaming.us',0,NULL);
INSERT INTO "entries" VALUES('first.theatrical.us','first','theatrical','US','','','2027-03-12','2027-03-13','09853fdd604ad2a649b38012c7b5af9b','2026-11-18',NULL,NULL,NULL,1,0,1,1793523600,1793782800,'{"release":{"key":{"film":"first","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2027,"precision":"day","part":3,"day":5},"seen":"2026-11-01T09:00:00Z"},{"when":{"year":2027,"precision":"day","part":3,"day":12},"seen":"2026-11-04T09:00:00Z"}],"told_by":["data"]},"title":"First","former_title":"Working Title"}',1,0,0,1,'first.theatrical.us',7,NULL);
INSERT INTO "entries" VALUES('second.theatrical.us','second','theatrical','US','','first','2028-03-03','2028-03-04','dbed2f7a4073a3f57270125723c1165b',NULL,NULL,NULL,NULL,1,0,0,1793523600,1793782800,'{"release":{"key":{"film":"second","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2028,"precision":"day","part":3,"day":3},"seen":"2026-11-01T09:00:00Z","source":"tmdb"}],"told_by":["data"]},"title":"Second","follows":"first","titles":[["first","First"]],"related":["first.theatrical.us"],"sources":[{"id":"tmdb","machine":true}],"pending":[{"statement":[{"year":2028,"precision":"day","part":3,"day":4},"scheduled","confirmed"]}]}',5,0,0,1,'second.theatrical.us',0,NULL);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	since DATE NOT NULL, 
	until DATE NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'first.theatrical.us','0001-01-01','2026-11-18',X'424547494E3A564556454E540D0A53554D4D4152593A466972737420E2809320696E2063696E656D6173202855532920286D6F7665642066726F6D2035204D61722032303237290D0A445453544152543B56414C55453D444154453A32303237303331320D0A4454454E443B56414C55453D444154453A32303237303331330D0A44545354414D503A3230323631313034543039303030305A0D0A5549443A66697273742E7468656174726963616C2E75734072656C6561736563616C0D0A53455155454E43453A310D0A43415445474F524945533A5468656174726963616C0D0A434C4153533A5055424C49430D0A434F4C4F523A6372696D736F6E0D0A435245415445443A3230323631313031543039303030305A0D0A4445534352495054494F4E3A466F726D6572207469746C653A20576F726B696E67205469746C652E5C6E4D6F7665642066726F6D2035204D6172203230323720746F203132204D617220320D0A203032372E5C6E5C6E4265666F72653A5C6EE280A22053657420666F722035204D617220323032372E5C6E5C6E687474703A2F2F6C6F63616C686F73743A383030302F66696C6D732F66690D0A207273740D0A4C4153542D4D4F4449464945443A3230323631313034543039303030305A0D0A5354415455533A434F4E4649524D45440D0A5452414E53503A5452414E53504152454E540D0A55524C3A687474703A2F2F6C6F63616C686F73743A383030302F66696C6D732F66697273740D0A582D4D4943524F534F46542D43444F2D414C4C4441594556454E543A545255450D0A582D4D4943524F534F46542D43444F2D425553595354415455533A465245450D0A454E443A564556454E540D0A');
INSERT INTO "events" VALUES(2,'first.theatrical.us','2026-11-18','9999-12-31',X'424547494E3A564556454E540D0A53554D4D4152593A466972737420E2809320696E2063696E656D617320285553290D0A445453544152543B56414C55453D444154453A32303237303331320D0A4454454E443B56414C55453D444154453A32303237303331330D0A44545354414D503A3230323631313138543030303030305A0D0A5549443A66697273742E7468656174726963616C2E75734072656C6561736563616C0D0A53455155454E43453A310D0A43415445474F524945533A5468656174726963616C0D0A434C4153533A5055424C49430D0A434F4C4F523A6372696D736F6E0D0A435245415445443A3230323631313031543039303030305A0D0A4445534352495054494F4E3A466F726D6572207469746C653A20576F726B696E67205469746C652E5C6E4D6F7665642066726F6D2035204D6172203230323720746F203132204D617220320D0A203032372E5C6E5C6E4265666F72653A5C6EE280A22053657420666F722035204D617220323032372E5C6E5C6E687474703A2F2F6C6F63616C686F73743A383030302F66696C6D732F66690D0A207273740D0A4C4153542D4D4F4449464945443A3230323631313138543030303030305A0D0A5354415455533A434F4E4649524D45440D0A5452414E53503A5452414E53504152454E540D0A55524C3A687474703A2F2F6C6F63616C686F73743A383030302F66696C6D732F66697273740D0A582D4D4943524F534F46542D43444F2D414C4C4441594556454E543A545255450D0A582D4D4943524F534F46542D43444F2D425553595354415455533A465245450D0A454E443A564556454E540D0A');
INSERT INTO "events" VALUES(3,'first.streaming.us','0001-01-01','2026-11-18',X'424547494E3A564556454E540D0A53554D4D4152593A466972737420E28093206561726C696573742073747265616D696E67202855532920286D6F7665642066726F6D203139204170722032303237290D0A445453544152543B56414C55453D444154453A32303237303432360D0A4454454E443B56414C55453D444154453A32303237303432370D0A44545354414D503A3230323631313034543039303030305A0D0A5549443A66697273742E73747265616D696E672E75734072656C6561736563616C0D0A53455155454E43453A310D0A43415445474F524945533A53747265616D696E672D656C696769626C650D0A434C4153533A5055424C49430D0A434F4C4F523A636F726E666C6F776572626C75650D0A435245415445443A3230323631313031543039303030305A0D0A4445534352495054494F4E3A4E6F7420616E6E6F756E6365643A20746865206561726C696573742064617920706F737369626C655C2C2034352064617973206166746572203132204D610D0A207220323032372028696E2063696E656D6173292E5C6E466F726D6572207469746C653A20576F726B696E67205469746C652E5C6E4D6F7665642066726F6D20313920417072203230320D0A203720746F2032362041707220323032372E5C6E5C6E4265666F72653A5C6EE280A22043616C63756C617465643A2031392041707220323032372E5C6E5C6E687474703A2F2F6C6F63616C0D0A20686F73743A383030302F66696C6D732F66697273740D0A4C4153542D4D4F4449464945443A3230323631313034543039303030305A0D0A52454C415445442D544F3A66697273742E7468656174726963616C2E75734072656C6561736563616C0D0A5354415455533A54454E5441544956450D0A5452414E53503A5452414E53504152454E540D0A55524C3A687474703A2F2F6C6F63616C686F73743A383030302F66696C6D732F66697273740D0A582D4D4943524F534F46542D43444F2D414C4C4441594556454E543A545255450D0A582D4D4943524F534F46542D43444F2D425553595354415455533A465245450D0A454E443A564556454E540D0A');
INSERT INTO "events" VALUES(4,'first.streaming.us','2026-11-18','9999-12-31',X'424547494E3A564556454E540D0A53554D4D4152593A466972737420E28093206561726C696573742073747265616D696E6720285553290D0A445453544152543B56414C55453D444154453A32303237303432360D0A4454454E443B56414C55453D444154453A32303237303432370D0A44545354414D503A3230323631313138543030303030305A0D0A5549443A66697273742E73747265616D696E672E75734072656C6561736563616C0D0A53455155454E43453A310D0A43415445474F524945533A53747265616D696E672D656C696769626C650D0A434C4153533A5055424C49430D0A434F4C4F523A636F726E666C6F776572626C75650D0A435245415445443A3230323631313031543039303030305A0D0A4445534352495054494F4E3A4E6F7420616E6E6F756E6365643A20746865206561726C696573742064617920706F737369626C655C2C2034352064617973206166746572203132204D610D0A207220323032372028696E2063696E656D6173292E5C6E466F726D6572207469746C653A20576F726B696E67205469746C652E5C6E4D6F7665642066726F6D20313920417072203230320D0A203720746F2032362041707220323032372E5C6E5C6E4265666F72653A5C6EE280A22043616C63756C617465643A2031392041707220323032372E5C6E5C6E687474703A2F2F6C6F63616C0D0A20686F73743A383030302F66696C6D732F66697273740D0A4C4153542D4D4F4449464945443A3230323631313138543030303030305A0D0A52454C415445442D544F3A66697273742E7468656174726963616C2E75734072656C6561736563616C0D0A5354415455533A54454E5441544956450D0A5452414E53503A5452414E53504152454E540D0A55524C3A687474703A2F2F6C6F63616C686F73743A383030302F66696C6D732F66697273740D0A582D4D4943524F534F46542D43444F2D414C4C4441594556454E543A545255450D0A582D4D4943524F534F46542D43444F2D425553595354415455533A465245450D0A454E443A564556454E540D0A');
INSERT INTO "events" VALUES(5,'second.theatrical.us','0001-01-01','9999-12-31',X'424547494E3A564556454E540D0A53554D4D4152593A5365636F6E6420E2809320696E2063696E656D617320285553290D0A445453544152543B56414C55453D444154453A32303238303330330D0A4454454E443B56414C55453D444154453A32303238303330340D0A44545354414D503A3230323631313034543039303030305A0D0A5549443A7365636F6E642E7468656174726963616C2E75734072656C6561736563616C0D0A53455155454E43453A300D0A43415445474F524945533A5468656174726963616C2C53657175656C0D0A434C4153533A5055424C49430D0A434F4C4F523A6372696D736F6E0D0A435245415445443A3230323631313031543039303030305A0D0A4445534352495054494F4E3A53657175656C20746F2046697273742E5C6E53657420666F722033204D617220323032382E5C6E5C6E536F757263653A20746D64625C6E5C6E687474703A2F0D0A202F6C6F63616C686F73743A383030302F66696C6D732F7365636F6E640D0A4C4153542D4D4F4449464945443A3230323631313034543039303030305A0D0A52454C415445442D544F3A66697273742E7468656174726963616C2E75734072656C6561736563616C0D0A5354415455533A434F4E4649524D45440D0A5452414E53503A5452414E53504152454E540D0A55524C3A687474703A2F2F6C6F63616C686F73743A383030302F66696C6D732F7365636F6E640D0A582D4D4943524F534F46542D43444F2D414C4C4441594556454E543A545255450D0A582D4D4943524F534F46542D43444F2D425553595354415455533A465245450D0A454E443A564556454E540D0A');
CREATE TABLE fetched (
	address TEXT NOT NULL, 
	memory BLOB NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (address)
);
CREATE TABLE fetches (
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
);
CREATE TABLE film_index (
	film VARCHAR NOT NULL, 
	year INTEGER NOT NULL, 
	letter VARCHAR NOT NULL, 
	sort TEXT NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (film, year)
);
INSERT INTO "film_index" VALUES('first',0,'f','first',2027);
INSERT INTO "film_index" VALUES('first',2027,'f','first',2027);
INSERT INTO "film_index" VALUES('second',0,'s','second',2028);
INSERT INTO "film_index" VALUES('second',2028,'s','second',2028);
CREATE TABLE films (
	id VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "films" VALUES('second','Second','{"id":"second","title":"Second","follows":"first","releases":[{"key":{"film":"second","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2028,"precision":"day","part":3,"day":3},"source":"tmdb"}],"told_by":["data"]}],"source":"tmdb","told_by":["data"]}');
INSERT INTO "films" VALUES('first','First','{"id":"first","title":"First","releases":[{"key":{"film":"first","kind":"theatrical","region":"US"},"kind":"theatrical","history":[{"when":{"year":2027,"precision":"day","part":3,"day":12}}],"told_by":["data"]}],"windows":[{"to":"streaming","days":45}],"told_by":["data"]}');
CREATE TABLE genres (
	film VARCHAR NOT NULL, 
	slug VARCHAR NOT NULL, 
	PRIMARY KEY (film, slug)
);
CREATE TABLE last_failure (
	id INTEGER NOT NULL, 
	failed INTEGER NOT NULL, 
	is_held BOOLEAN NOT NULL, 
	problems TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE last_modified (
	address VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	changed INTEGER NOT NULL, 
	asked DATE NOT NULL, 
	PRIMARY KEY (address)
);
CREATE TABLE lease (
	name VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	until INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE mentions (
	film VARCHAR NOT NULL, 
	other VARCHAR NOT NULL, 
	PRIMARY KEY (film, other)
);
INSERT INTO "mentions" VALUES('second','=second');
INSERT INTO "mentions" VALUES('second','first');
INSERT INTO "mentions" VALUES('first','=first');
CREATE TABLE notify_targets (
	name VARCHAR NOT NULL, 
	told INTEGER NOT NULL, 
	sent INTEGER, 
	failures INTEGER NOT NULL, 
	rests INTEGER, 
	PRIMARY KEY (name)
);
CREATE TABLE other_ids (
	film VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	PRIMARY KEY (film, id)
);
CREATE TABLE outbox (
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
);
CREATE TABLE pending (
	"key" VARCHAR NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "pending" VALUES('second.theatrical.us','[{"film":"second","kind":"theatrical","region":"US"},{"claim":{"statement":[{"year":2028,"precision":"day","part":3,"day":4},"scheduled","confirmed"]},"since":"2026-11-20T09:00:00Z","due":"2026-12-04T09:00:00Z"}]');
CREATE TABLE poster_copies (
	digest VARCHAR NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE posters (
	address TEXT NOT NULL, 
	due INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	octets INTEGER NOT NULL, 
	kept INTEGER, 
	failures INTEGER NOT NULL, 
	PRIMARY KEY (address)
);
CREATE TABLE refresh_state (
	id INTEGER NOT NULL, 
	inputs TEXT NOT NULL, 
	recheck DATE, 
	told_until DATE NOT NULL, 
	contents TEXT DEFAULT '' NOT NULL, 
	succeeded INTEGER, 
	every INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "refresh_state" VALUES(1,'0.2.0 2e6c49b7ae486fa8 9ad341c8df04a35d298c492c0e9fa1a4c6bfb347ffd2a75192ec4755c5ba58ba',NULL,'2026-11-20','0.2.0 e1459ca8c068bee762e0b9a36e056ec4107ec47cb67b9c087922f2c0436869a3',NULL,NULL);
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	oldest INTEGER DEFAULT '4' NOT NULL
);
INSERT INTO "schema_version" VALUES(4,4);
CREATE TABLE series (
	film VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	sort TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (film, id)
);
CREATE TABLE snapshots (
	address TEXT NOT NULL, 
	name TEXT NOT NULL, 
	digest VARCHAR NOT NULL, 
	read INTEGER NOT NULL, 
	outline BLOB NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (address, name)
);
INSERT INTO "snapshots" VALUES('data','data/films.yaml','60203426c8bcfa625b6e1e44b83b30783be22ef82a44f85836ae96d9890d5c88b8d6d62a0d17b9967453ea6e634f40d31074089f7c44fc053ec573020c22a4c7',1795165200,X'88A6646967657374D9803630323033343236633862636661363235623665316534346238336233303738336265323265663832613434663835383336616539366439383930643563383862386436643632613064313762393936373435336561366536333466343064333130373430383966376334346663303533656335373330323063323261346337A56672616D65D9203364396633306163653236333637373337383265323562343234373131383033A369647392A56669727374A67365636F6E64A566696C6D73C42015B5A7959E0AAC7C0F1E2B63C8AD4C3E19642D3755CDFE0134658ECD4D9C3A27A86465636C6172657391A4746D6462A8636F72726563747390AA69735F7061727469616CC2A777696E646F7773C400',X'28B52FFD603500A50500328B231F6049AB03131F23E16BDA11D2D00BFFE1701806CA445107ADF50D45117C5D2B26AA6848C84848A0B5871C987B877254B1282023A18022154FA7C9F2732078BAB708853F6D1D0B7B69D24FE6F680973685FF7F735404303C1961B11F845B65296C7EBE5E1E73BB0C3CB5F5F64F335CE4E837C94A5BC4A8A809D84F759B1C4BF931604A3FD926143C590F98786C020C0026D881AF39301B06952560984632EE2E5E9750D886CE635E136E11736AA44BED01');
CREATE TABLE source_states (
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
);
INSERT INTO "source_states" VALUES('data',0,'ok',NULL,'[]','[]','',NULL,1795165200,1795165200,1793782800);
CREATE TABLE sources (
	id VARCHAR NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "sources" VALUES('tmdb','{"id":"tmdb","machine":true}');
CREATE TABLE words (
	film VARCHAR NOT NULL, 
	word VARCHAR NOT NULL, 
	PRIMARY KEY (film, word)
);
INSERT INTO "words" VALUES('second','second');
INSERT INTO "words" VALUES('first','first');
CREATE INDEX posters_by_digest ON posters (digest, media_type, kept);
CREATE INDEX outbox_by_target ON outbox (target, number);
CREATE INDEX last_modified_by_age ON last_modified (asked, address);
CREATE UNIQUE INDEX access_tokens_by_name ON access_tokens (name);
CREATE INDEX changes_by_film ON changes (film, id);
CREATE INDEX changes_by_kind ON changes (kind, id);
CREATE INDEX changes_by_moment ON changes (at, id);
CREATE INDEX changes_told ON changes (is_told, id, kind, release_kind, channel);
CREATE INDEX changes_told_by_region ON changes (is_told, region, id, kind, release_kind, channel);
CREATE INDEX changes_told_by_release ON changes (is_told, release_kind, id);
CREATE INDEX entries_by_channel ON entries (channel, first, "key", region, kind, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE channel <> '';
CREATE INDEX entries_by_choice ON entries (region, kind, channel, was_derived, follows, is_withdrawn);
CREATE INDEX entries_by_day ON entries (first, "key", region, kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event);
CREATE INDEX entries_by_end ON entries (coarse_after, "key", region, kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, event) WHERE coarse_after IS NOT NULL;
CREATE INDEX entries_by_film ON entries (film, kind, channel, region, is_withdrawn);
CREATE INDEX entries_by_film_before ON entries (follows, first, "key", region, kind, channel, film, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE follows <> '';
CREATE INDEX entries_by_film_day ON entries (film, first, "key", region, kind, channel, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event);
CREATE INDEX entries_by_film_news ON entries (film, revised);
CREATE INDEX entries_by_kind ON entries (kind, first, "key", region, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event);
CREATE INDEX entries_by_kind_end ON entries (kind, coarse_after, "key", region, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, event) WHERE coarse_after IS NOT NULL;
CREATE INDEX entries_by_leaving ON entries (leaves, "key", region, kind, channel, film, follows, is_dated, is_undated, was_derived, is_announced, coarse_first, coarse_after, event) WHERE leaves IS NOT NULL;
CREATE INDEX entries_by_mark ON entries (marked_until) WHERE marked_until IS NOT NULL;
CREATE INDEX entries_by_moves ON entries (moved_before, "key", region, kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE moved_before IS NOT NULL;
CREATE INDEX entries_by_news ON entries (region, revised);
CREATE INDEX entries_by_region ON entries (region, first, "key", kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event);
CREATE INDEX entries_by_region_end ON entries (region, coarse_after, "key", kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, event) WHERE coarse_after IS NOT NULL;
CREATE INDEX entries_by_region_kind ON entries (region, kind, first, "key", channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event);
CREATE INDEX entries_by_region_leaving ON entries (region, leaves, "key", kind, channel, film, follows, is_dated, is_undated, was_derived, is_announced, coarse_first, coarse_after, event) WHERE leaves IS NOT NULL;
CREATE INDEX entries_by_region_moves ON entries (region, moved_before, "key", kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE moved_before IS NOT NULL;
CREATE INDEX entries_by_region_slip ON entries (region, slipped, "key", kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE slipped > 0;
CREATE INDEX entries_by_sequel ON entries (first, "key", region, kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE follows <> '';
CREATE INDEX entries_by_slip ON entries (slipped, "key", region, kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE slipped > 0;
CREATE INDEX entries_without_date ON entries ("key", region, kind, channel, film, follows, is_dated, is_undated, leaves, was_derived, is_announced, coarse_first, coarse_after, event) WHERE is_undated = 1 AND coarse_after IS NULL;
CREATE INDEX film_index_by_letter ON film_index (year, letter, sort, film);
CREATE INDEX film_index_by_title ON film_index (year, sort, film);
CREATE INDEX genres_by_slug ON genres (slug, film);
CREATE INDEX ix_mentions_other ON mentions (other);
CREATE INDEX ix_other_ids_id ON other_ids (id);
CREATE INDEX ix_series_id ON series (id);
CREATE INDEX series_by_title ON series (sort, id, title);
CREATE INDEX words_by_word ON words (word, film);
COMMIT;
