CREATE TABLE headway_revision (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT headway_revision_pkc PRIMARY KEY (version_num)
);

CREATE TABLE runs (
	id TEXT NOT NULL, 
	target TEXT NOT NULL, 
	base TEXT NOT NULL, 
	state TEXT NOT NULL, 
	started_at DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	options JSON NOT NULL, 
	trace_id TEXT NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE tickets (
	run TEXT NOT NULL, 
	id TEXT NOT NULL, 
	title TEXT NOT NULL, 
	description TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	depends_on JSON NOT NULL, 
	paths JSON NOT NULL, 
	agent TEXT, 
	role TEXT, 
	verify TEXT, 
	timeout DOUBLE, 
	labels JSON NOT NULL, 
	source TEXT NOT NULL, 
	extra JSON NOT NULL, 
	PRIMARY KEY (run, id)
);

CREATE TABLE progress (
	run TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	attempt INTEGER NOT NULL, 
	failures INTEGER NOT NULL, 
	redos INTEGER NOT NULL, 
	landed TEXT, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (run, ticket)
);

CREATE TABLE attempts (
	run TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	cause TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	slot INTEGER, 
	base TEXT NOT NULL, 
	directory TEXT NOT NULL, 
	started_at DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	outcome TEXT, 
	exit JSON, 
	work TEXT, 
	files JSON NOT NULL, 
	session TEXT, 
	usage JSON NOT NULL, 
	PRIMARY KEY (run, ticket, number)
);

CREATE TABLE landings (
	run TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	queued_at DOUBLE NOT NULL, 
	onto TEXT, 
	"commit" TEXT, 
	ended_at DOUBLE, 
	reason TEXT NOT NULL, 
	paths JSON NOT NULL, 
	verify_seconds DOUBLE NOT NULL, 
	PRIMARY KEY (run, ticket, attempt)
);

CREATE TABLE slots (
	id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	state TEXT NOT NULL, 
	base TEXT, 
	holder JSON, 
	PRIMARY KEY (id)
);

CREATE TABLE events (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	run TEXT NOT NULL, 
	ticket TEXT, 
	attempt INTEGER, 
	data JSON NOT NULL
);

CREATE INDEX events_of_ticket ON events (run, ticket, seq);

CREATE TABLE requests (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	ticket TEXT
, data JSON DEFAULT '{}' NOT NULL);

CREATE TABLE leases (
	token INTEGER NOT NULL, 
	host TEXT NOT NULL, 
	boot_id TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	start_time BIGINT NOT NULL, 
	command TEXT NOT NULL, 
	acquired_at DOUBLE NOT NULL, 
	renewed_at DOUBLE NOT NULL, 
	released_at DOUBLE, 
	PRIMARY KEY (token)
);

CREATE TABLE changes (
	id INTEGER NOT NULL, 
	counter BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_row CHECK (id = 1)
);

CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are written once and never changed'); END;

CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are written once and never deleted'); END;

CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'events are written once and never changed'); END;

CREATE TABLE conflicts (
	run TEXT NOT NULL, 
	id TEXT NOT NULL, 
	conflict_type TEXT NOT NULL, 
	involved_agents JSON NOT NULL, 
	severity TEXT NOT NULL, 
	context JSON NOT NULL, 
	timestamp TEXT NOT NULL, 
	state TEXT NOT NULL, 
	formed_at DOUBLE NOT NULL, 
	since DOUBLE NOT NULL, 
	stood_at DOUBLE, 
	ended_at DOUBLE, 
	reason TEXT NOT NULL, 
	returns INTEGER NOT NULL, 
	PRIMARY KEY (run, id)
);

CREATE TABLE decisions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	topic TEXT NOT NULL, 
	choice TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	agent TEXT NOT NULL, 
	ticket TEXT, 
	source TEXT NOT NULL, 
	run TEXT, 
	at DOUBLE NOT NULL
);

CREATE TABLE resolutions (
	run TEXT NOT NULL, 
	"conflict" TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	strategy TEXT NOT NULL, 
	state TEXT NOT NULL, 
	started_at DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	message TEXT NOT NULL, 
	inputs JSON NOT NULL, 
	result JSON NOT NULL, 
	PRIMARY KEY (run, "conflict", number)
);

CREATE TABLE orders (
	run TEXT NOT NULL, 
	first TEXT NOT NULL, 
	"then" TEXT NOT NULL, 
	"of" TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	reason TEXT NOT NULL, 
	"conflict" TEXT, 
	PRIMARY KEY (run, first, "then", "of")
);

CREATE TABLE resource_leases (
	run TEXT NOT NULL, 
	resource TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	state TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	PRIMARY KEY (run, resource, ticket)
);

CREATE TABLE escalations (
	id TEXT NOT NULL, 
	run TEXT NOT NULL, 
	state TEXT NOT NULL, 
	question TEXT NOT NULL, 
	opened_at DOUBLE NOT NULL, 
	"conflict" TEXT, 
	tickets JSON NOT NULL, 
	severity TEXT NOT NULL, 
	told_at DOUBLE NOT NULL, 
	times_told INTEGER NOT NULL, 
	package JSON NOT NULL, 
	answer JSON NOT NULL, 
	ended_at DOUBLE, 
	PRIMARY KEY (id)
);

CREATE TRIGGER decisions_are_not_updated BEFORE UPDATE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are written once and never changed'); END;

CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
    BEGIN SELECT RAISE(ABORT, 'decisions are written once and never deleted'); END;

CREATE TRIGGER decisions_are_not_replaced BEFORE INSERT ON decisions
    WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'decisions are written once and never changed'); END;

INSERT INTO "changes" VALUES(1,0);
INSERT INTO "headway_revision" VALUES('0002');
