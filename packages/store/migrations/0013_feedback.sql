CREATE TABLE "session_feedback" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"room_id" text NOT NULL,
	"session_id" text NOT NULL,
	"peer_id" text NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"question" text NOT NULL,
	"rating" integer NOT NULL,
	"min_rating" integer NOT NULL,
	"max_rating" integer NOT NULL,
	"reasons" json NOT NULL,
	"comment" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "session_feedback" ADD CONSTRAINT "session_feedback_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_feedback" ADD CONSTRAINT "session_feedback_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_feedback" ADD CONSTRAINT "session_feedback_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "session_feedback_of_peer" ON "session_feedback" USING btree ("session_id","peer_id");--> statement-breakpoint
CREATE INDEX "session_feedback_of_workspace" ON "session_feedback" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "session_feedback_of_room" ON "session_feedback" USING btree ("room_id","id");