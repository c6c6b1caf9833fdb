CREATE TABLE "live_state" (
	"session_id" text NOT NULL,
	"key" text NOT NULL,
	"content" json NOT NULL,
	CONSTRAINT "live_state_session_id_key_pk" PRIMARY KEY("session_id","key")
);
--> statement-breakpoint
ALTER TABLE "live_peers" ADD COLUMN "groups" json DEFAULT '[]'::json NOT NULL;--> statement-breakpoint
ALTER TABLE "live_peers" ADD COLUMN "listens" json DEFAULT '[]'::json NOT NULL;--> statement-breakpoint
ALTER TABLE "live_state" ADD CONSTRAINT "live_state_session_id_live_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."live_sessions"("id") ON DELETE cascade ON UPDATE no action;