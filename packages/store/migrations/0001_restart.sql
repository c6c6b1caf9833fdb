CREATE TABLE "live_peers" (
	"session_id" text NOT NULL,
	"peer_id" text NOT NULL,
	"token_hash" text NOT NULL,
	"claims" json NOT NULL,
	"role" text NOT NULL,
	"name" text NOT NULL,
	"data" text NOT NULL,
	"joined_at" timestamp (3) with time zone NOT NULL,
	"sfu_node_id" text,
	"auto_video" boolean NOT NULL,
	CONSTRAINT "live_peers_session_id_peer_id_pk" PRIMARY KEY("session_id","peer_id")
);
--> statement-breakpoint
CREATE TABLE "live_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"node" text NOT NULL,
	"room_id" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "live_streams" ADD COLUMN "node" text;--> statement-breakpoint
ALTER TABLE "live_streams" ADD COLUMN "settings" json;--> statement-breakpoint
ALTER TABLE "live_peers" ADD CONSTRAINT "live_peers_session_id_live_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."live_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "live_sessions" ADD CONSTRAINT "live_sessions_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "live_sessions_node" ON "live_sessions" USING btree ("node");