CREATE TABLE "analytics_events" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"room_id" text NOT NULL,
	"session_id" text NOT NULL,
	"peer_id" text NOT NULL,
	"user_id" text NOT NULL,
	"beam_id" text,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"data" json NOT NULL
);
--> statement-breakpoint
ALTER TABLE "analytics_events" ADD CONSTRAINT "analytics_events_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "analytics_events_of_room" ON "analytics_events" USING btree ("room_id","seq");--> statement-breakpoint
CREATE INDEX "analytics_events_of_session" ON "analytics_events" USING btree ("session_id","seq");--> statement-breakpoint
CREATE INDEX "analytics_events_at" ON "analytics_events" USING btree ("at");