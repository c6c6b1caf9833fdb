CREATE TABLE "stream_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"room_id" text NOT NULL,
	"enabled" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "stream_keys_key_unique" UNIQUE("key")
);
--> statement-breakpoint
ALTER TABLE "stream_keys" ADD CONSTRAINT "stream_keys_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "stream_keys_room" ON "stream_keys" USING btree ("room_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "stream_keys_active" ON "stream_keys" USING btree ("room_id") WHERE "stream_keys"."enabled";