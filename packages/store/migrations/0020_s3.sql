ALTER TABLE "recording_assets" ADD COLUMN "upload" text;--> statement-breakpoint
ALTER TABLE "recording_assets" ADD COLUMN "stored_at" json;--> statement-breakpoint
ALTER TABLE "recording_assets" ADD COLUMN "upload_error" text;--> statement-breakpoint
CREATE INDEX "recording_assets_waiting" ON "recording_assets" USING btree ("node") WHERE "recording_assets"."upload" = 'waiting';