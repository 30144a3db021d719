CREATE TABLE `follow_ups` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`commit` text NOT NULL,
	`checks` text DEFAULT '[]' NOT NULL,
	`comments` text DEFAULT '[]' NOT NULL,
	`reason` text,
	`subtask_id` text,
	`agent_id` text,
	`why` text,
	`note` text,
	`by_person` integer DEFAULT false NOT NULL,
	`answer` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `follow_ups_task` ON `follow_ups` (`task_id`);--> statement-breakpoint
CREATE INDEX `follow_ups_waiting` ON `follow_ups` (`created_at`) WHERE state = 'waiting';