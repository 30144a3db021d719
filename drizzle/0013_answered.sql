ALTER TABLE `agents` ADD `output_removed` text;--> statement-breakpoint
CREATE INDEX `permissions_answered` ON `permissions` (`answered_at`,`id`) WHERE status <> 'pending';--> statement-breakpoint
CREATE INDEX `questions_answered` ON `questions` (`answered_at`,`id`) WHERE status <> 'pending';