CREATE TABLE `webhook_receipts` (
	`template_id` text PRIMARY KEY NOT NULL,
	`received_at` integer NOT NULL,
	`effect` text NOT NULL,
	`task_id` text,
	`error` text,
	FOREIGN KEY (`template_id`) REFERENCES `repo_templates`(`id`) ON UPDATE no action ON DELETE cascade
);
