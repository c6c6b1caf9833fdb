CREATE TABLE "usage_days" (
	"workspace_id" text NOT NULL,
	"app_id" text NOT NULL,
	"day" date NOT NULL,
	"participant_ms" bigint NOT NULL,
	"stream_ms" bigint NOT NULL,
	"recording_ms" bigint NOT NULL,
	"peak_participants" integer NOT NULL,
	CONSTRAINT "usage_days_workspace_id_app_id_day_pk" PRIMARY KEY("workspace_id","app_id","day")
);
--> statement-breakpoint
ALTER TABLE "usage_days" ADD CONSTRAINT "usage_days_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "usage_days_day" ON "usage_days" USING btree ("day");--> statement-breakpoint
CREATE INDEX "live_streams_stopped_at" ON "live_streams" USING btree ("stopped_at");--> statement-breakpoint
CREATE INDEX "recording_assets_created_at" ON "recording_assets" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "session_peers_left_at" ON "session_peers" USING btree ("left_at");