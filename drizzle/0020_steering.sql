ALTER TABLE `agents` ADD `frozen_at` integer;--> statement-breakpoint
ALTER TABLE `agents` ADD `frozen_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `agents` ADD `told_model` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `restart` text;--> statement-breakpoint
ALTER TABLE `subtasks` ADD `taken_out` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `frozen_at` integer;