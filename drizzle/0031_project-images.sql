ALTER TABLE `kept_setups` ADD `from` text;--> statement-breakpoint
ALTER TABLE `task_setups` ADD `runs_in` text;--> statement-breakpoint
ALTER TABLE `task_setups` ADD `has_own_runs_in` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `task_setups` ADD `image_key` text;--> statement-breakpoint
ALTER TABLE `task_setups` ADD `found_commands` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `task_setups` ADD `notes` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `repo_templates` ADD `runs_in` text;