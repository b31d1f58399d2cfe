"""Personal data: pseudonyms at the door, masking of free text, screening of what is about to leave."""
