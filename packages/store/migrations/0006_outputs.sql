CREATE TABLE "beams" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"workspace_id" text NOT NULL,
	"room_id" text NOT NULL,
	"session_id" text NOT NULL,
	"status" text NOT NULL,
	"node" text NOT NULL,
	"destination" text NOT NULL,
	"settings" json NOT NULL,
	"started_by" text NOT NULL,
	"stopped_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"stopped_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "recording_assets" (
	"id" text PRIMARY KEY NOT NULL,
	"job_id" text NOT NULL,
	"workspace_id" text NOT NULL,
	"room_id" text NOT NULL,
	"session_id" text NOT NULL,
	"node" text NOT NULL,
	"type" text NOT NULL,
	"status" text NOT NULL,
	"run" text NOT NULL,
	"file" text NOT NULL,
	"bytes" bigint NOT NULL,
	"duration_ms" bigint NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"layer" integer,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "live_streams" ADD COLUMN "is_recorded" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "beams" ADD CONSTRAINT "beams_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "beams" ADD CONSTRAINT "beams_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recording_assets" ADD CONSTRAINT "recording_assets_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recording_assets" ADD CONSTRAINT "recording_assets_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "beams_of_workspace" ON "beams" USING btree ("workspace_id","kind","id");--> statement-breakpoint
CREATE INDEX "beams_of_room" ON "beams" USING btree ("room_id","kind","id");--> statement-breakpoint
CREATE INDEX "beams_of_node" ON "beams" USING btree ("node","status");--> statement-breakpoint
CREATE UNIQUE INDEX "recording_assets_file" ON "recording_assets" USING btree ("job_id","run","file");--> statement-breakpoint
CREATE INDEX "recording_assets_of_workspace" ON "recording_assets" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "recording_assets_of_room" ON "recording_assets" USING btree ("room_id","id");