CREATE TABLE "nodes" (
	"name" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);--> statement-breakpoint
INSERT INTO "nodes" ("name", "seen_at")
SELECT "node", now() FROM "sessions" WHERE "ended_at" IS NULL
UNION SELECT "node", now() FROM "webhook_deliveries" WHERE "state" = 'waiting' AND "node" <> ''
UNION SELECT "node", now() FROM "webhook_replays" WHERE "completed_at" IS NULL;
