ALTER TABLE `messages` ADD `sent_as` text;--> statement-breakpoint
CREATE UNIQUE INDEX `messages_sent_as` ON `messages` (`task_id`,`sent_as`) WHERE sent_as is not null;