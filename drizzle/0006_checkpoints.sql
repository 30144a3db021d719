CREATE TABLE `checkpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`cause` text NOT NULL,
	`status` text NOT NULL,
	`label` text,
	`error` text,
	`commit` text,
	`summary` text,
	`size_bytes` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`completed_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `checkpoints_task_created` ON `checkpoints` (`task_id`,`created_at`,`id`);