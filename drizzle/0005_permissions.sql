CREATE TABLE `permissions` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`subtask_id` text,
	`request_id` text NOT NULL,
	`tool` text NOT NULL,
	`input` text NOT NULL,
	`description` text,
	`reason` text,
	`blocked_path` text,
	`rules` text NOT NULL,
	`status` text NOT NULL,
	`scope` text,
	`changed_input` text,
	`message` text,
	`is_delivered` integer DEFAULT false NOT NULL,
	`note` text,
	`asked_at` integer NOT NULL,
	`answered_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `permissions_agent_request` ON `permissions` (`agent_id`,`request_id`);--> statement-breakpoint
CREATE INDEX `permissions_task_asked` ON `permissions` (`task_id`,`asked_at`,`id`);--> statement-breakpoint
CREATE INDEX `permissions_pending` ON `permissions` (`asked_at`,`id`) WHERE status = 'pending';--> statement-breakpoint
ALTER TABLE `tasks` ADD `permission_mode` text DEFAULT 'bypassPermissions' NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `permission_rules` text DEFAULT '[]' NOT NULL;