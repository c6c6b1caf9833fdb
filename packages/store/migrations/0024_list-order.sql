CREATE INDEX "beams_of_session" ON "beams" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "live_streams_of_workspace" ON "live_streams" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "live_streams_of_session" ON "live_streams" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "recording_assets_of_session" ON "recording_assets" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "rooms_of_workspace" ON "rooms" USING btree ("workspace_id","id");