CREATE TABLE `message_deliveries` (
	`message_id` integer NOT NULL,
	`task_id` text NOT NULL,
	`recipient` text NOT NULL,
	`call_id` text,
	`input_id` text,
	`read_at` integer,
	PRIMARY KEY(`message_id`, `recipient`),
	FOREIGN KEY (`message_id`) REFERENCES `messages`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `message_deliveries_unread` ON `message_deliveries` (`task_id`,`recipient`,`message_id`) WHERE read_at is null;--> statement-breakpoint
CREATE INDEX `message_deliveries_task` ON `message_deliveries` (`task_id`);--> statement-breakpoint
CREATE INDEX `message_deliveries_call` ON `message_deliveries` (`call_id`) WHERE call_id is not null;--> statement-breakpoint
CREATE TABLE `tool_calls` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`run` integer NOT NULL,
	`request_id` text NOT NULL,
	`tool_use_id` text NOT NULL,
	`rpc_id` text NOT NULL,
	`tool` text NOT NULL,
	`input` text NOT NULL,
	`status` text NOT NULL,
	`answer` text,
	`is_error` integer DEFAULT false NOT NULL,
	`is_delivered` integer DEFAULT false NOT NULL,
	`repeat_of` text,
	`asked_at` integer NOT NULL,
	`answered_at` integer,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tool_calls_agent_request` ON `tool_calls` (`agent_id`,`request_id`);--> statement-breakpoint
CREATE INDEX `tool_calls_agent_use` ON `tool_calls` (`agent_id`,`tool_use_id`);--> statement-breakpoint
CREATE INDEX `tool_calls_open` ON `tool_calls` (`task_id`) WHERE status = 'open';--> statement-breakpoint
CREATE INDEX `tool_calls_task` ON `tool_calls` (`task_id`);--> statement-breakpoint
ALTER TABLE `agents` ADD `report` text;--> statement-breakpoint
ALTER TABLE `subtasks` ADD `rounds` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `subtasks` ADD `signal` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `approved_at` integer;