ALTER TABLE `tasks` ADD `intent_at` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `paused_by` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `relaunched_from` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `previous_run` text;