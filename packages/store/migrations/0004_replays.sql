CREATE TABLE "webhook_replays" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"node" text NOT NULL,
	"filter" json NOT NULL,
	"total" integer NOT NULL,
	"cursor" bigint NOT NULL,
	"last" bigint NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"completed_at" timestamp (3) with time zone
);
--> statement-breakpoint
DROP INDEX "webhook_deliveries_waiting";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "node" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "replay_id" text;--> statement-breakpoint
ALTER TABLE "webhook_replays" ADD CONSTRAINT "webhook_replays_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_replays_running" ON "webhook_replays" USING btree ("node") WHERE "webhook_replays"."completed_at" is null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_replay" ON "webhook_deliveries" USING btree ("replay_id") WHERE "webhook_deliveries"."replay_id" is not null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_waiting" ON "webhook_deliveries" USING btree ("node","seq") WHERE "webhook_deliveries"."state" = 'waiting';