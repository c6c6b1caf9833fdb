ALTER TABLE "beams" ADD COLUMN "is_paused" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "live_streams" ADD COLUMN "is_paused" boolean DEFAULT false NOT NULL;