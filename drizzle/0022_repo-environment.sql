ALTER TABLE `tasks` ADD `environment` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `repo_templates` ADD `environment` text DEFAULT '[]' NOT NULL;