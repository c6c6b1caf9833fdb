ALTER TABLE "beams" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "live_streams" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "live_streams" ADD COLUMN "troubles" json;