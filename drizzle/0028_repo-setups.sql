CREATE TABLE `kept_setups` (
	`key` text PRIMARY KEY NOT NULL,
	`image` text NOT NULL,
	`base_image` text NOT NULL,
	`repository` text NOT NULL,
	`commands` text NOT NULL,
	`bytes` integer NOT NULL,
	`left_out` text DEFAULT '[]' NOT NULL,
	`created_at` integer NOT NULL,
	`used_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `task_setups` (
	`task_id` text PRIMARY KEY NOT NULL,
	`commands` text NOT NULL,
	`with_secrets` integer NOT NULL,
	`state` text NOT NULL,
	`key` text,
	`step` integer,
	`from_cache` integer DEFAULT false NOT NULL,
	`error` text,
	`output` text DEFAULT '' NOT NULL,
	`left_out` text DEFAULT '[]' NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `repo_templates` ADD `setup_commands` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `repo_templates` ADD `setup_secrets` integer DEFAULT false NOT NULL;