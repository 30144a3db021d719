CREATE TABLE `deliveries` (
	`task_id` text PRIMARY KEY NOT NULL,
	`settings` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`branch` text NOT NULL,
	`target` text,
	`head_commit` text,
	`commit` text,
	`pushed_commit` text,
	`commits` integer,
	`pushed_at` integer,
	`pull_request` text,
	`notes` text DEFAULT '[]' NOT NULL,
	`conflicts` text,
	`error` text,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
