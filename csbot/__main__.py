from csbot.cli import main

main()
