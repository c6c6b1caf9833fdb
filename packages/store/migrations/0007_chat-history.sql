CREATE TABLE "chat_messages" (
	"id" text PRIMARY KEY NOT NULL,
	"room_id" text NOT NULL,
	"session_id" text NOT NULL,
	"position" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"roles" text[],
	"content" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "chat_messages" ADD CONSTRAINT "chat_messages_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chat_messages_of_room" ON "chat_messages" USING btree ("room_id","position");--> statement-breakpoint
CREATE INDEX "chat_messages_expires_at" ON "chat_messages" USING btree ("expires_at");