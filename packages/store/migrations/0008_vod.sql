ALTER TABLE "live_streams" ADD COLUMN "has_vod" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "recording_assets" ADD COLUMN "layers" integer;