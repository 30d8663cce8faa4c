CREATE TABLE `known_refs` (
	`repository_id` text NOT NULL,
	`ref` text NOT NULL,
	`commit` text NOT NULL,
	PRIMARY KEY(`repository_id`, `ref`),
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `repositories` ADD `refs_known_at` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `headers` text DEFAULT '{}' NOT NULL;