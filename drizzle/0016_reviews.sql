ALTER TABLE `subtasks` ADD `verdict` text;--> statement-breakpoint
ALTER TABLE `subtasks` ADD `resolution` text;--> statement-breakpoint
ALTER TABLE `team_templates` ADD `max_fix_rounds` integer;--> statement-breakpoint
ALTER TABLE `team_templates` ADD `serialize_conflicts` integer DEFAULT false NOT NULL;