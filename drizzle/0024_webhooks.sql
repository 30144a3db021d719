CREATE TABLE `webhook_marks` (
	`template_id` text NOT NULL,
	`key` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`template_id`, `key`),
	FOREIGN KEY (`template_id`) REFERENCES `repo_templates`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `repo_templates` ADD `webhook_secret_id` text;--> statement-breakpoint
ALTER TABLE `repo_templates` ADD `issue_label` text;