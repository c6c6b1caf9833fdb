CREATE TABLE "peer_quality" (
	"id" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"peer_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"content" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "peer_quality_of_peer" ON "peer_quality" USING btree ("session_id","peer_id","at");--> statement-breakpoint
CREATE INDEX "peer_quality_at" ON "peer_quality" USING btree ("at");