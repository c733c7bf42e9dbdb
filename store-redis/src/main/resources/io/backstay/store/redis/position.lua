-- Where the table is.
--
-- Answers  'at', epoch, revision

return { 'at', epoch, text(revision) }
