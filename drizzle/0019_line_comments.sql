CREATE TABLE `discards` (
	`task_id` text NOT NULL,
	`commit` text NOT NULL,
	`files` text NOT NULL,
	`created_at` integer NOT NULL,
	`undone_at` integer,
	PRIMARY KEY(`task_id`, `commit`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `review_comments` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`path` text NOT NULL,
	`side` text NOT NULL,
	`line` integer NOT NULL,
	`end_line` integer NOT NULL,
	`commit` text NOT NULL,
	`oid` text NOT NULL,
	`quote` text NOT NULL,
	`body` text NOT NULL,
	`state` text NOT NULL,
	`author` text NOT NULL,
	`subtask_id` text,
	`message_id` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`sent_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `review_comments_task` ON `review_comments` (`task_id`,`created_at`,`id`);