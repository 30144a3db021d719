ALTER TABLE `review_comments` ADD `agent_id` text;--> statement-breakpoint
ALTER TABLE `review_comments` ADD `handed_in` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `priority` text;