CREATE TABLE `agent_inputs` (
	`id` text PRIMARY KEY NOT NULL,
	`agent_id` text NOT NULL,
	`kind` text NOT NULL,
	`content` text NOT NULL,
	`priority` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`result` text,
	`created_at` integer NOT NULL,
	`done_at` integer,
	FOREIGN KEY (`agent_id`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `agent_inputs_agent` ON `agent_inputs` (`agent_id`);--> statement-breakpoint
CREATE TABLE `agents` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`subtask_id` text,
	`kind` text NOT NULL,
	`role` text NOT NULL,
	`status` text NOT NULL,
	`phase` text,
	`model` text NOT NULL,
	`attempt` integer NOT NULL,
	`run` integer DEFAULT 0 NOT NULL,
	`container_id` text,
	`session_id` text NOT NULL,
	`base_commit` text,
	`exit_code` integer,
	`error` text,
	`result` text,
	`activity` text,
	`turns` integer DEFAULT 0 NOT NULL,
	`cost_usd` real DEFAULT 0 NOT NULL,
	`usage` text NOT NULL,
	`parsed_offset` integer DEFAULT 0 NOT NULL,
	`holds_resources` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`completed_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `agents_task` ON `agents` (`task_id`);--> statement-breakpoint
CREATE INDEX `agents_status` ON `agents` (`status`);--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task_id` text NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`agent_id` text,
	`subtask_id` text,
	`data` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_task_seq` ON `events` (`task_id`,`seq`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task_id` text NOT NULL,
	`from_agent_id` text,
	`from_subtask_id` text,
	`to_agent_id` text,
	`to_subtask_id` text,
	`msg_type` text NOT NULL,
	`content` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `messages_task` ON `messages` (`task_id`,`id`);--> statement-breakpoint
CREATE TABLE `plans` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`version` integer NOT NULL,
	`origin` text NOT NULL,
	`draft` text NOT NULL,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `plans_task_version` ON `plans` (`task_id`,`version`);--> statement-breakpoint
CREATE TABLE `questions` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`planning_session` integer NOT NULL,
	`round` integer NOT NULL,
	`position` integer NOT NULL,
	`text` text NOT NULL,
	`context` text,
	`suggestions` text NOT NULL,
	`options` text NOT NULL,
	`answer` text,
	`status` text NOT NULL,
	`asked_at` integer NOT NULL,
	`answered_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `questions_task` ON `questions` (`task_id`);--> statement-breakpoint
CREATE TABLE `secrets` (
	`id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `settings` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `subtasks` (
	`task_id` text NOT NULL,
	`id` text NOT NULL,
	`position` integer NOT NULL,
	`spec` text NOT NULL,
	`status` text NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`max_attempts` integer NOT NULL,
	`agent_id` text,
	`error` text,
	`feedback` text,
	`summary` text,
	`conflicts` text,
	`work_commit` text,
	`merged_commit` text,
	`started_at` integer,
	`completed_at` integer,
	PRIMARY KEY(`task_id`, `id`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`prompt` text NOT NULL,
	`status` text NOT NULL,
	`phase` text,
	`error` text,
	`mode` text NOT NULL,
	`model` text NOT NULL,
	`source` text NOT NULL,
	`limits` text NOT NULL,
	`auto_approve` integer NOT NULL,
	`output_files` text NOT NULL,
	`team_template` text,
	`has_state` integer DEFAULT false NOT NULL,
	`secret_id` text,
	`branch` text NOT NULL,
	`base_commit` text,
	`head_commit` text,
	`plan_version` integer,
	`planning_session` integer DEFAULT 0 NOT NULL,
	`remark` text,
	`intent` text,
	`last_seq` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`started_at` integer,
	`paused_at` integer,
	`completed_at` integer
);
--> statement-breakpoint
CREATE INDEX `tasks_status` ON `tasks` (`status`);--> statement-breakpoint
CREATE INDEX `tasks_created` ON `tasks` (`created_at`);--> statement-breakpoint
CREATE TABLE `uploads` (
	`task_id` text NOT NULL,
	`path` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`task_id`, `path`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
